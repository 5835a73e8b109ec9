// Package eventtest lets tests of aggregates read like their rules: given what happened, when
// something is asked for, then these facts are recorded and this is refused. It also holds every
// event against a frozen sample of each form that it was ever stored in.
//
// It owns the steps of a scenario and the proof, made in each one, that replaying the facts gives
// the state that deciding left behind. It does not own any rule.
package eventtest
