"""What was seen: visits, checklists, hazards and how they are put right.

Owns visits, hazards, files and a read copy of sites. Hears SiteRegistered, SiteChanged, SiteClosed, SiteFactsChanged,
LeaseActivated and LeaseEnded. Says VisitRecorded, HazardFound and every later step of a hazard.
"""
