package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// site is what the sections of a run have in common. What is started for one of them is kept for the
// next.
type site struct {
	options Options
	cluster *cluster
	broker  *broker
}

// database makes an empty database in PostgreSQL, and gives its address.
func (s *site) database(ctx context.Context) (dsn string, err error) {
	if s.cluster == nil {
		err = s.startCluster(ctx)
	}
	if err != nil {
		return "", err
	}
	return s.cluster.create(ctx)
}

func (s *site) startCluster(ctx context.Context) error {
	settings, err := s.options.databaseSettings()
	if err == nil {
		s.cluster, err = startCluster(ctx, settings)
	}
	return err
}

// databaseCPU is the processor time of PostgreSQL.
func (s *site) databaseCPU() time.Duration {
	if s.cluster == nil {
		return 0
	}
	return cpuOfFamily(s.cluster.pid())
}

// nats is the address of a broker in a process of its own.
func (s *site) nats(ctx context.Context) (url string, err error) {
	if s.broker == nil {
		s.broker, err = startBroker(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("start a broker: %w", err)
	}
	return s.broker.url, nil
}

func (s *site) close() error {
	var all []error
	if s.broker != nil {
		all = append(all, s.broker.close())
	}
	if s.cluster != nil {
		all = append(all, s.cluster.close())
	}
	return errors.Join(all...)
}

// note says what is being done, beside the results.
func (s *site) note(format string, args ...any) {
	if s.options.Loud {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}
