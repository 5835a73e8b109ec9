// Package device models a device authorization request: a device shows a code, a person decides it
// elsewhere, the device polls and gets its tokens once (RFC 8628).
//
// It owns claiming, deciding and what each poll is told. It does not own poll times, which are
// shared bookkeeping and no facts, nor the grant that redeeming opens, which has the same id.
//
// Invariants:
//
//   - the first account to claim a request is the only one that can decide it
//
//   - the first decision stands, and none is made after the request expired
//
//   - tokens are issued once
//
//     requested ─▶ claimed ─▶ approved ─▶ redeemed
//     └────▶ denied
package device
