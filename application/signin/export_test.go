package signin

// Sentences are all texts of the catalogue, by language.
func Sentences() map[string][]string {
	all := map[string][]string{}
	for language, w := range catalogue {
		said := []string{w.text, w.code, w.link, w.lasts, w.ignore}
		for _, l := range w.letters {
			said = append(said, l.subject, l.about)
		}
		all[language] = said
	}
	return all
}
