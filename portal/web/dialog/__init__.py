"""The pages of the update dialog, as both sides serve them: their blueprints add an address and a permission."""
