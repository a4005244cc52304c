"""Voice menus: flows of the plan, checked, and run over whoever is on the line."""
