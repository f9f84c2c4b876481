"""The rules of the product as functions of frozen values; see README.md."""
