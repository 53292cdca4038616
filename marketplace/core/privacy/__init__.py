"""Personal data: encrypted per cell, found by keyed hash, shown masked.

A cell is stored as bytes: key version (2) ‖ nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM or SM4-GCM by the
key. The additional data is ``table|column|row id``, so a token copied to another cell is refused. Several
versions of the key may be live; the newest writes. A keyed hash (HMAC-SHA256 or HMAC-SM3, its own key, the
column mixed in) answers "who has this number" without the number: version (2) ‖ digest (32). The space of
identity numbers is small, so the key is the whole defence: it never lives in the database.

`keys` has the versions of the keys, `cells` encrypts and hashes, `masks` is what people see. Nothing here logs, and no error
repeats a value.
Rotation of a stored column is in `core.rotation`. Source of the masks: docs/rules.md, "Personal data".
"""

from marketplace.core.privacy.cells import (
    NONCE_BYTES,
    TAG_BYTES,
    Cell,
    Vault,
    install,
    same_hash,
    token_version,
    vault,
)
from marketplace.core.privacy.configured import keys_from_settings
from marketplace.core.privacy.keys import (
    CIPHERS,
    DIGESTS,
    HASH_KEY_BYTES,
    VERSION_BYTES,
    Key,
    KeyProvider,
    PrivacyError,
    TextKeys,
    ensure_key_file,
    keys_from,
    new_keys,
)
from marketplace.core.privacy.masks import (
    FEW_HOUSEHOLDS,
    PUBLIC_MIN,
    mask_bank_account,
    mask_name,
    mask_phone,
    mask_resident_id,
    public_count,
    public_number,
    public_sort_key,
)

__all__ = [
    "CIPHERS",
    "DIGESTS",
    "FEW_HOUSEHOLDS",
    "HASH_KEY_BYTES",
    "NONCE_BYTES",
    "PUBLIC_MIN",
    "TAG_BYTES",
    "VERSION_BYTES",
    "Cell",
    "Key",
    "KeyProvider",
    "PrivacyError",
    "TextKeys",
    "Vault",
    "ensure_key_file",
    "install",
    "keys_from",
    "keys_from_settings",
    "mask_bank_account",
    "mask_name",
    "mask_phone",
    "mask_resident_id",
    "new_keys",
    "public_count",
    "public_number",
    "public_sort_key",
    "same_hash",
    "token_version",
    "vault",
]
