"""What makes a document, number, card, name or date right: pure rules, without database or clock."""
