// Package dbserver starts database servers for tests: each with a folder of its own, on
// loopback, as a user that is not root, and gone with the test. Where the server's programs are
// not installed the test is skipped, but not in CI. Only tests import it.
package dbserver
