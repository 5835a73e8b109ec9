// Package browser tests the pages as people meet them: the real program, in a real Chromium that
// clicks, types and looks. It also checks every page with axe-core, and takes the pictures in
// deploy/screenshots.
//
// It owns tests only. What pages say and which requests they refuse is tested beside them, in
// adapters/httpapi/pages; flows without a browser are in cmd/writ/e2e.
package browser
