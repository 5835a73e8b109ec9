package follow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"writ/adapters/resource/follow"
)

// What Writ publishes, byte for byte, is in the samples that it is held against.
func TestTheIssuersOwnSamplesAreUnderstood(t *testing.T) {
	for _, kind := range follow.Kinds() {
		samples, err := filepath.Glob(filepath.Join("..", "..", "natsbus", "testdata", kind+".v?.json"))
		if err != nil || len(samples) == 0 {
			t.Fatalf("%s has no samples: %v", kind, err)
		}
		for _, sample := range samples {
			t.Run(filepath.Base(sample), func(t *testing.T) { understood(t, kind, sample) })
		}
	}
}

func understood(t *testing.T, kind, sample string) {
	t.Helper()
	text, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	subject, body, _ := strings.Cut(string(text), "\n")
	at := time.Date(2026, 3, 1, 12, 0, 1, 0, time.UTC)
	v := follow.NewView(follow.Options{
		Issuer: "https://writ.test", Permissions: follow.Narrow, Clock: func() time.Time { return at },
	})
	want := 1
	if kind == "account-reinstated" {
		want = 0
	}
	if err := v.Learn(subject, []byte(body)); err != nil || v.Size() != want {
		t.Errorf("%v, and %d are kept", err, v.Size())
	}
}
