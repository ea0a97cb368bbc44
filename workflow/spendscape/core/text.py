"""Text as files hold it."""

# Around a field these mean nothing; a byte-order mark can stand wherever files were joined.
SPACE = " \t\r\n\u00a0\ufeff"
