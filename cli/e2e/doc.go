// Package e2e tests the program as its users meet it: processes that are started,
// spoken to, signalled and killed. It holds nothing but tests.
package e2e
