"""Grading: what it means. Owns facts as registers, policies, levels and their explanations.

Hears every fact about a site from registry, inspection, guidance and notify; says GradeChanged, GradeWarned, PolicyActivated,
GradeOverridden, OverrideExpired, AppealFiled and AppealDecided.
"""
