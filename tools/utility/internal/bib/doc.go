// Package bib reads bibliographies (BibTeX, BibLaTeX, YAML) and writes their
// entries in common styles.
//
// Six styles of prose (APA 7, MLA 9, Chicago 17 author-date, Harvard, IEEE,
// Vancouver) are written by this package's own rules for the common types of
// entries; it is no processor of CSL, and knows no other styles.
package bib
