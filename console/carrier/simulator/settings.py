"""How the simulated operator behaves: every latency, rate and switch, and the named presets of them."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

DAY_S = 86_400.0


@dataclass(frozen=True)
class Settings:
    """Names ending in _s are seconds of the simulated clock; the ones of a request are real time."""

    speed: float = 1.0
    # Multiplies every rate that goes wrong, up to 1.
    fault_factor: float = 1.0

    # A request, in real time.
    accept_median_ms: float = 180.0
    accept_p95_ms: float = 900.0
    accept_max_ms: float = 5000.0
    slow_s: float = 20.0
    hang_s: float = 20.0
    rate_limit_rps: float = 20.0
    rate_limit_burst: float = 40.0
    commit_timeout_rate: float = 0.003
    error_rate: float = 0.002
    reset_rate: float = 0.001
    slow_rate: float = 0.002
    rate_limit_refusals: int = 3
    maintenance_refusals: int = 2
    maintenance_windows: bool = True
    maintenance_now: bool = False

    # The work on an order.
    completion_median_s: float = 20.0
    completion_p95_s: float = 180.0
    slow_completion_rate: float = 0.12
    slow_completion_median_s: float = 900.0
    held_rate: float = 0.03
    held_min_s: float = 2 * 3600.0
    held_max_s: float = 48 * 3600.0
    held_failure_rate: float = 0.1
    magic_hold_s: float = 2 * 3600.0
    cancel_decision_s: float = 5.0
    cancel_refused_rate: float = 0.5

    # The life of a line after its order.
    ship_s: float = DAY_S
    sign_min_s: float = DAY_S
    sign_max_s: float = 3 * DAY_S
    face_rate: float = 0.96
    face_min_s: float = 3600.0
    face_max_s: float = 3 * DAY_S
    face_expiry_s: float = 30 * DAY_S
    quarantine_s: float = 90 * DAY_S
    late_reversal_rate: float = 0.001
    reversal_min_s: float = 3600.0
    reversal_max_s: float = 72 * 3600.0

    # What may be ordered, and what it brings with it.
    furthest_day_s: float = 60 * DAY_S
    suspend_max_months: int = 12
    transfer_min_age_s: float = 30 * DAY_S
    terminate_after_transfer_s: float = 30 * DAY_S
    sms_hold_s: float = 72 * 3600.0
    esim_offered: bool = True
    esim_code_valid_s: float = 7 * DAY_S
    esim_download_s: float = 600.0
    esim_download_failure_rate: float = 0.01
    esim_confirmation_rate: float = 0.0

    # Refusals that clean data meets.
    realname_mismatch_rate: float = 0.008
    id_not_found_rate: float = 0.001
    one_id_limit_rate: float = 0.004
    blacklisted_rate: float = 0.0005
    number_occupied_rate: float = 0.005
    iccid_used_rate: float = 0.003
    short_no_used_rate: float = 0.005
    contract_lock_rate: float = 0.006
    partial_rate: float = 0.01
    one_id_limit: int = 5

    # Call-backs.
    callback_duplicate_rate: float = 0.02
    callback_out_of_order_rate: float = 0.01
    callback_out_of_order_s: float = 5.0
    callback_delayed_rate: float = 0.01
    callback_delay_s: float = 1800.0
    callback_lost_rate: float = 0.005
    callback_wrong_signature_rate: float = 0.0


BUSINESS_RATES = (
    "realname_mismatch_rate",
    "id_not_found_rate",
    "one_id_limit_rate",
    "blacklisted_rate",
    "number_occupied_rate",
    "iccid_used_rate",
    "short_no_used_rate",
    "contract_lock_rate",
    "partial_rate",
    "late_reversal_rate",
    "esim_download_failure_rate",
)
TRANSPORT_RATES = ("commit_timeout_rate", "error_rate", "reset_rate", "slow_rate")
CALLBACK_RATES = (
    "callback_duplicate_rate",
    "callback_out_of_order_rate",
    "callback_delayed_rate",
    "callback_lost_rate",
)
HOLD_RATES = ("slow_completion_rate", "held_rate", "held_failure_rate", "cancel_refused_rate")

REAL = Settings()


def _none_of(*rates: str) -> dict[str, Any]:
    return dict.fromkeys(rates, 0.0)


def _ten_times(*rates: str) -> dict[str, Any]:
    return {rate: min(1.0, getattr(REAL, rate) * 10) for rate in rates}


_SHORT_LIFE: dict[str, Any] = {
    "ship_s": 1.0,
    "sign_min_s": 1.0,
    "sign_max_s": 2.0,
    "face_rate": 1.0,
    "face_min_s": 1.0,
    "face_max_s": 2.0,
    "reversal_min_s": 5.0,
    "reversal_max_s": 10.0,
    "esim_download_s": 3.0,
    "maintenance_windows": False,
}
_AT_ONCE = (
    "accept_median_ms",
    "accept_p95_ms",
    "completion_median_s",
    "completion_p95_s",
    "slow_completion_median_s",
    "ship_s",
    "sign_min_s",
    "sign_max_s",
    "face_min_s",
    "face_max_s",
    "cancel_decision_s",
    "esim_download_s",
)

PRESETS: dict[str, Settings] = {
    "real": REAL,
    "chaos": replace(REAL, **_ten_times(*BUSINESS_RATES, *TRANSPORT_RATES, *CALLBACK_RATES)),
    "demo": replace(
        REAL,
        **_none_of(*BUSINESS_RATES, *HOLD_RATES),
        **_SHORT_LIFE,
        accept_median_ms=60.0,
        accept_p95_ms=200.0,
        slow_s=2.0,
        hang_s=4.0,
        completion_median_s=1.5,
        completion_p95_s=4.0,
        cancel_decision_s=1.0,
        callback_delay_s=20.0,
    ),
    "bench": replace(
        REAL,
        **_none_of(*BUSINESS_RATES, *HOLD_RATES, *TRANSPORT_RATES, *CALLBACK_RATES),
        **(_SHORT_LIFE | dict.fromkeys(_AT_ONCE, 0.0)),
        rate_limit_rps=100_000.0,
        rate_limit_burst=100_000.0,
    ),
}


def changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Raise ValueError for an unknown name or a value that does not fit it."""
    kinds = {field.name: type(getattr(REAL, field.name)) for field in fields(Settings)}
    checked: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in kinds:
            raise ValueError(f"{name}: no such setting")
        checked[name] = _fitting(name, value, kinds[name])
    return replace(settings, **checked)


def in_force(settings: Settings) -> Settings:
    """The settings with their fault rates multiplied, which is what the dice are thrown against."""
    multiplied = {
        name: min(1.0, getattr(settings, name) * settings.fault_factor)
        for name in (*BUSINESS_RATES, *TRANSPORT_RATES, *CALLBACK_RATES, *HOLD_RATES)
    }
    return replace(settings, **multiplied)


def _fitting(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name}: must be true or false")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name}: must be a number from 0")
    if name.endswith("_rate") and value > 1:
        raise ValueError(f"{name}: a rate is at most 1")
    if name in ("speed", "rate_limit_rps") and value == 0:
        raise ValueError(f"{name}: must be above 0")
    return kind(value)


def as_json(settings: Settings) -> dict[str, Any]:
    return asdict(settings)
