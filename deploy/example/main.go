package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"writ/adapters/resource"
	"writ/adapters/resource/follow"
)

func main() {
	issuer := flag.String("issuer", "http://localhost:8080", "whose tokens are accepted")
	audience := flag.String("audience", "http://localhost:8080", "what this service is called in them")
	broker := flag.String("nats", "nats://127.0.0.1:4222", "where revocations are told")
	credentials := flag.String("credentials", "data/nats-subscriber.creds", "a file; empty where the broker asks for none")
	listen := flag.String("listen", "127.0.0.1:9000", "where to serve")
	flag.Parse()

	view, err := follow.Start(context.Background(), follow.Options{Issuer: *issuer, URL: *broker, Credentials: *credentials})
	must(err)
	verifier, err := resource.New(resource.Options{Issuer: *issuer, Audiences: []string{*audience}, Standing: view})
	must(err)

	mux := http.NewServeMux()
	mux.Handle("GET /hello", verifier.Require("READ_PROFILE")(http.HandlerFunc(hello)))
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "everything until %s ago was heard\n", view.Staleness())
	})
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	must(server.ListenAndServe())
}

func hello(w http.ResponseWriter, r *http.Request) {
	claims, _ := resource.FromContext(r.Context())
	fmt.Fprintf(w, "Hello %s, through %s. Stale: %t.\n", claims.Subject, claims.Client, claims.Stale)
}

func must(err error) {
	if err != nil {
		slog.Error("the service ends", "err", err)
		os.Exit(1)
	}
}
