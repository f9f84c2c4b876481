"""What each kind of connector is told: its fields, and its settings made of what was typed."""
