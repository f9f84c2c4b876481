"""What tests of reasons share."""
