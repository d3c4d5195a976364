#: Letters or statements rendered in one call of the PDF program.
PDF_BATCH = 50
