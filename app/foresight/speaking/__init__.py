"""The words of reports, in Japanese and in English: sentences, instants, places in a document."""
