"""The products the operator knows: their kind, monthly fee, contract and what they ask of each other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    kind: str
    fee_fen: int
    contract_months: int = 0
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    # Whether it is added to a line at once or with the next month, when the order does not say.
    added: str = "NEXT_CYCLE"
    for_members: bool = False


_MAIN = {
    "QQT5G059": (5900, 0),
    "QQT5G089": (8900, 0),
    "QQT5G129": (12900, 12),
    "QQT5G159": (15900, 12),
    "QQT5G199": (19900, 12),
    "QQT5G239": (23900, 24),
    "QQT5G299": (29900, 24),
    "QQT5G399": (39900, 24),
    "QQT5G599": (59900, 24),
    "DGDD5G039": (3900, 0),
    "DGDD5G059": (5900, 0),
    "DGDD5G079": (7900, 0),
    "SZX008": (800, 0),
    "SZX019": (1900, 0),
    "SZX029": (2900, 0),
    "JT5G049": (4900, 12),
    "JT5G069": (6900, 12),
    "JT5G099": (9900, 12),
    "JTDATA020": (3900, 0),
}
_NEEDS_VNET = ("JT5G049", "JT5G069", "JT5G099")
_VNET = ("VNET_BASIC",)
_FOR_ANYBODY = ("SZX", "DGDD")

_OTHER = {
    "VNET_BASIC": Product("VPN", 300, added="NOW", for_members=True),
    "VNET_UNL": Product("VPN", 500, requires=_VNET, excludes=("VNET_FLEX",), for_members=True),
    "VNET_FLEX": Product("VPN", 200, requires=_VNET, excludes=("VNET_UNL",), for_members=True),
    "CRING": Product("VAS", 500, added="NOW", for_members=True),
    "POOL_MEMBER": Product("POOL_MEMBER", 300, for_members=True),
    "ADD01GD": Product("ADDON", 500, added="NOW"),
    "ADD03GD": Product("ADDON", 1000, added="NOW"),
    "ADD05GM": Product("ADDON", 1500, added="NOW"),
    "ADD10GM": Product("ADDON", 2000, added="NOW"),
    "ADD30GM": Product("ADDON", 5000, added="NOW"),
    "ADDV100": Product("ADDON", 800, added="NOW"),
    "DIRVID": Product("DIRECTED", 1500),
    "DIROA": Product("DIRECTED", 900),
    "DIRMAP": Product("DIRECTED", 500),
    "IDD_ENABLE": Product("FUNCTION", 0, added="NOW"),
    "ROAM_DAY_A": Product("ROAMING", 2500, requires=("IDD_ENABLE",), added="NOW"),
    "ROAM_DAY_B": Product("ROAMING", 3000, requires=("IDD_ENABLE",), added="NOW"),
    "ROAM_7D": Product("ROAMING", 9800, requires=("IDD_ENABLE",), added="NOW"),
    "ROAM_GLOBAL30": Product("ROAMING", 29800, requires=("IDD_ENABLE",), added="NOW"),
}

PRODUCTS: dict[str, Product] = _OTHER | {
    code: Product(
        "MAIN",
        fee,
        months,
        requires=_VNET if code in _NEEDS_VNET else (),
        for_members=not code.startswith(_FOR_ANYBODY),
    )
    for code, (fee, months) in _MAIN.items()
}
# Packs that are used up may be bought again while one is running.
REPEATABLE = frozenset({"ADDON", "ROAMING"})
SIM_FEE_FEN = 1000


def is_main(code: str) -> bool:
    return code in _MAIN


def is_monthly(code: str) -> bool:
    return PRODUCTS[code].kind not in REPEATABLE


def missing(code: str, present: set[str]) -> list[str]:
    return [needed for needed in PRODUCTS[code].requires if needed not in present]


def clashing(code: str, present: set[str]) -> list[str]:
    return [other for other in PRODUCTS[code].excludes if other in present]


def dependants(code: str, present: set[str]) -> list[str]:
    return sorted(other for other in present if code in PRODUCTS[other].requires)
