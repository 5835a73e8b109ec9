package signin_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
)

var placeholders = regexp.MustCompile(`\{[a-z]*\}`)

// Every language says everything, with the same placeholders where English has some.
func TestEveryLanguageSaysEverything(t *testing.T) {
	all := signin.Sentences()
	if diff := cmp.Diff([]string{"ar", "de", "en", "es", "fr", "ja"}, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	for language, said := range all {
		for i, sentence := range said {
			english := all["en"][i]
			got, want := placeholders.FindAllString(sentence, -1), placeholders.FindAllString(english, -1)
			slices.Sort(got)
			slices.Sort(want)
			if sentence == "" || language != "en" && sentence == english || !slices.Equal(got, want) {
				t.Errorf("%s: %q, in English %q", language, sentence, english)
			}
		}
	}
}
