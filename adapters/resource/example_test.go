package resource_test

import (
	"fmt"
	"net/http"
	"time"

	"writ/adapters/resource"
	"writ/adapters/resource/follow"
)

// A service whose every request needs an access token.
func Example() {
	verifier, err := resource.New(resource.Options{
		Issuer:    "https://auth.example.org",
		Audiences: []string{"https://api.example.org"},
	})
	if err != nil {
		panic(err)
	}
	posts := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := resource.FromContext(r.Context())
		fmt.Fprintf(w, "what %s may read\n", claims.Subject)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /posts", verifier.Require("READ_POSTS")(posts))

	server := &http.Server{Addr: "127.0.0.1:9000", Handler: mux, ReadHeaderTimeout: time.Second}
	_ = server.ListenAndServe
	// Output:
}

// Tokens of revoked grants are refused at once. While the broker is away, nobody is served.
func ExampleOptions_standing() {
	listen := func(o follow.Options) (resource.Standing, error) { return nil, nil } // follow.Start with the service's context
	view, err := listen(follow.Options{
		Issuer:      "https://auth.example.org",
		URL:         "nats://nats.example.org:4222",
		Credentials: "nats-subscriber.creds",
		WhenStale:   follow.Refuse,
		MaxStale:    5 * time.Second,
	})
	if err != nil {
		panic(err)
	}
	_, err = resource.New(resource.Options{
		Issuer:    "https://auth.example.org",
		Audiences: []string{"https://api.example.org"},
		Standing:  view,
	})
	fmt.Println(err)
	// Output: <nil>
}
