#: France and its overseas departments, where French commercial law applies in full.
FRANCE = ("FR", "GF", "GP", "MQ", "RE", "YT")
