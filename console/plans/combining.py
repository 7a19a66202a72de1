"""Which products of a line go together: what one needs, what it excludes, what depends on it. Pure."""

from collections.abc import Collection, Mapping

from console.plans.queries import Offer

FOR_LINES = ("ADDON", "DIRECTED", "FUNCTION", "ROAMING", "VAS", "VPN")
ELIGIBLE = ("ANY", "ENTERPRISE_MEMBER", "ROAMING_ENABLED", "STRONG_VERIFIED")
"""What a line of a company can have beside its plan; pools, broadband and the like belong to the company."""
ROAMING = "IDD_ENABLE"
"""The function that makes a line fit for roaming."""
REPEATABLE = ("ADDON", "ROAMING")
"""Packs that are used up may be bought again while one is running."""


def extras(offers: Mapping[str, Offer]) -> dict[str, Offer]:
    """Those of the offers that can be added to a line."""
    return {
        code: one for code, one in offers.items() if one.kind in FOR_LINES and one.eligibility in ELIGIBLE
    }


def needs(offer: Offer) -> tuple[str, ...]:
    """What has to be there for it; whoever must be enabled for roaming needs the function that does so."""
    return (*offer.requires, ROAMING) if offer.eligibility == "ROAMING_ENABLED" else offer.requires


def missing(offer: Offer, present: Collection[str]) -> list[str]:
    return [code for code in needs(offer) if code not in present]


def clashing(offer: Offer, present: Collection[str], offers: Mapping[str, Offer]) -> list[str]:
    """Exclusion works both ways, whichever of the two names the other."""
    return [
        code
        for code in present
        if code in offer.excludes or (code in offers and offer.code in offers[code].excludes)
    ]


def dependants(code: str, present: Collection[str], offers: Mapping[str, Offer]) -> list[str]:
    """What would stand without its base if this went."""
    return sorted(other for other in present if other in offers and code in needs(offers[other]))
