"""Who scores what until when: panels, sealed sheets, agreement; and who from outside is engaged for what."""
