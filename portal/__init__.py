"""Ключник: keeps every hardware token of an organisation in step with its device usage policy."""
