package cli

import "writ/adapters/eventsourcing"

type rebuildCommand struct{}

// Run derives every state row from the log again. A server that runs meanwhile may remember clients
// and accounts as their rows were.
func (*rebuildCommand) Run(t *terminal) error {
	var rebuilder *eventsourcing.Rebuilder
	return t.with(func() error {
		n, err := rebuilder.Rebuild(t.ctx)
		if err != nil {
			return err
		}
		return t.answer(map[string]int{"streams": n}, func() { t.say("%d streams derived again; restart servers that run on this store", n) })
	}, &rebuilder)
}
