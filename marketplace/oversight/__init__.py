"""Price evidence, spot checks, flags, complaints."""
