"""Who signs for us and checks signatures."""
