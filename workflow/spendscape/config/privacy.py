"""The config of what may leave the raw files."""

from pydantic import Field

from spendscape.config.section import Section


class Privacy(Section):
    """What may leave the raw files."""

    pseudonymise: bool = Field(
        False,
        description="replace customers by the HMAC-SHA-256 of their ids; the same key gives the same names",
    )
    key_variable: str = Field(
        "SPENDSCAPE_KEY",
        description="environment variable with the key, 16 bytes or more; it is never written",
        min_length=1,
    )

    show_customers: bool | None = Field(
        None,
        description="whether single customers are shown to others: their ids and classes in the explorer, and their cards in the report; null: only simulated customers, who are nobody",
    )
    keep_rejected_text: bool = Field(
        False, description="keep the text of quarantined rows in quarantine.parquet"
    )
