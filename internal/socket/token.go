package socket

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

const (
	// minTokenChars hold 128 bits in base64; hexadecimal digits need more.
	minTokenChars = 22
	minTokenHex   = 32
	// minTokenKinds is how many different characters a token has at least:
	// "aaaa…" is long enough and worth nothing.
	minTokenKinds = 8
)

// CheckToken refuses a token that is too weak to protect a server.
func CheckToken(token string) error {
	need := minTokenChars
	if strings.Trim(token, "0123456789abcdefABCDEF") == "" {
		need = minTokenHex
	}
	kinds := map[rune]bool{}
	for _, c := range token {
		if c <= ' ' || c > '~' {
			return errors.New("the token has a space, or a character that is not ASCII")
		}
		kinds[c] = true
	}
	if len(token) < need || len(kinds) < minTokenKinds {
		return fmt.Errorf("the token is too weak: want at least 128 random bits, for example from `openssl rand -hex 32`")
	}
	return nil
}

// ReadToken returns the token from a file of this user's only, or from the
// environment variable when file is "". Neither given, it returns "".
func ReadToken(file, variable string) (string, error) {
	token := os.Getenv(variable)
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
			return "", fmt.Errorf("token file %s is open to other users (mode %04o): run chmod 600 on it", file, mode)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return "", fmt.Errorf("token file %s is empty", file)
		}
	}
	if token == "" {
		return "", nil
	}
	return token, CheckToken(token)
}

// NewToken makes a token of 256 bits.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// SameToken compares in a time that tells nothing of the tokens.
func SameToken(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
