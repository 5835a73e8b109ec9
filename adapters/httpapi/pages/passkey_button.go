package pages

// passkeyButton begins a ceremony of the browser, with a script. Without one it is not shown.
type passkeyButton struct {
	ID      string
	Text    string
	Address string // of the JSON endpoint that begins and ends it
	Next    string // where to go afterwards
	Stale   string // where to go to sign in again first
	Failed  string // what to say when it did not work
	Name    *field // what the new passkey is called
}
