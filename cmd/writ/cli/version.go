package cli

import "runtime"

type versionCommand struct{}

// Run prints the version.
func (*versionCommand) Run(t *terminal) error {
	return t.answer(map[string]string{"version": t.version, "go": runtime.Version()}, func() { t.say("writ %s", t.version) })
}
