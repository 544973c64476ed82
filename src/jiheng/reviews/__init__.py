"""四评: several reviews of one project, each by its own people, combined and confirmed by the congress."""
