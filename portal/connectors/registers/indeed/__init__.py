"""Indeed Access Manager: a device is the way its owner signs in, «Смарт-карта или USB-ключ + PIN»."""
