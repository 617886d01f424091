package validate

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/itchyny/timefmt-go"
)

// textCheck is a named check of a text.
type textCheck struct {
	ok    func(string) bool
	words string
}

// checks are the names that custom, type and format take. The map is never changed.
var checks = map[string]textCheck{
	"email":        {isEmail, "an e-mail address such as ann@example.com"},
	"url":          {isURL, "a URL such as https://example.com/path"},
	"phone":        {isPhone, "a phone number of 7 to 15 digits, such as +1 555 010 9999"},
	"uuid":         {pattern(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`), "a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
	"credit_card":  {isCard, "a credit card number of 12 to 19 digits with the right check digit"},
	"ip":           {func(s string) bool { _, err := netip.ParseAddr(s); return err == nil }, "an IP address"},
	"ipv4":         {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }, "an IPv4 address such as 192.0.2.1"},
	"ipv6":         {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() }, "an IPv6 address such as 2001:db8::1"},
	"cidr":         {func(s string) bool { _, err := netip.ParsePrefix(s); return err == nil }, "a network such as 192.0.2.0/24"},
	"hostname":     {isHostname, "a host name such as www.example.com"},
	"mac_address":  {func(s string) bool { _, err := net.ParseMAC(s); return err == nil }, "a MAC address such as 00:00:5e:00:53:01"},
	"slug":         {pattern(`^[a-z0-9]+(-[a-z0-9]+)*$`), "lower case words and digits joined by hyphens"},
	"hex_color":    {pattern(`^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`), "a color such as #1e90ff"},
	"iban":         {isIBAN, "an IBAN with the right check digits"},
	"isbn":         {isISBN, "an ISBN with the right check digit"},
	"semver":       {pattern(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`), "a semantic version such as 1.2.3"},
	"json":         {func(s string) bool { return json.Valid([]byte(s)) }, "JSON"},
	"base64":       {isBase64, "Base64"},
	"alpha":        {each(unicode.IsLetter), "letters only"},
	"alphanumeric": {each(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }), "letters and digits only"},
	"numeric":      {pattern(`^[+-]?\d+(\.\d+)?$`), "a number written in digits"},
	"ascii":        {each(func(r rune) bool { return r < 128 }), "ASCII characters only"},
	"lowercase":    {func(s string) bool { return s == strings.ToLower(s) }, "lower case"},
	"uppercase":    {func(s string) bool { return s == strings.ToUpper(s) }, "upper case"},
	"time":         {isTime, "a time such as 13:45 or 13:45:00"},
}

// formats are the names that JSON Schema has for checks of other names.
var formats = map[string]string{"uri": "url", "date-time": "datetime", "ip-address": "ip", "host-name": "hostname"}

// Checks lists the names of checks, sorted.
func Checks() []string { return slices.Sorted(keysOf(checks)) }

func keysOf(m map[string]textCheck) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func isCheck(name string) bool { _, ok := checks[name]; return ok }

// pattern compiles an expression at its first use: the process starts faster.
func pattern(expr string) func(string) bool {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	return func(s string) bool { return re().MatchString(s) }
}

func each(ok func(rune) bool) func(string) bool {
	return func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) })
	}
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	at := strings.LastIndexByte(s, '@')
	host := s[at+1:]
	return at <= 64 && isHostname(host) && strings.Contains(host, ".")
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	switch u.Scheme {
	case "http", "https", "ftp", "ftps", "ws", "wss":
		return u.Hostname() != ""
	case "mailto", "tel", "urn", "data":
		return u.Opaque != ""
	}
	return u.Scheme != "" && u.Host != ""
}

func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return false
			}
		}
	}
	return true
}

// compact drops the separators that people write into numbers.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s)
}

func digitsOnly(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isPhone(s string) bool {
	s = strings.TrimPrefix(s, "+")
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "").Replace(s)
	return digitsOnly(s) && len(s) >= 7 && len(s) <= 15
}

// isCard checks the length and the Luhn digit.
func isCard(s string) bool {
	s = compact(s)
	if !digitsOnly(s) || len(s) < 12 || len(s) > 19 {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isIBAN checks the remainder of ISO 13616: the first four characters go to the
// end, letters count from 10, and the whole is 1 modulo 97.
func isIBAN(s string) bool {
	s = strings.ToUpper(compact(s))
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for i, r := range s[4:] + s[:4] {
		country := i >= len(s)-4 && i < len(s)-2
		switch {
		case r >= '0' && r <= '9' && !country:
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z' && i < len(s)-2:
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

func isISBN(s string) bool {
	s = strings.ToUpper(compact(s))
	sum := 0
	switch len(s) {
	case 10:
		for i := range 10 {
			d := int(s[i]) - '0'
			if s[i] == 'X' && i == 9 {
				d = 10
			} else if s[i] < '0' || s[i] > '9' {
				return false
			}
			sum += (10 - i) * d
		}
		return sum%11 == 0
	case 13:
		if !digitsOnly(s) {
			return false
		}
		for i := range 13 {
			sum += int(s[i]-'0') * (1 + i%2*2)
		}
		return sum%10 == 0
	}
	return false
}

func isBase64(s string) bool {
	s = strings.TrimRight(s, "=")
	if _, err := base64.RawStdEncoding.DecodeString(s); err == nil {
		return true
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

func isTime(s string) bool {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// dateCheck makes a check for a format of strftime, or, when that is empty, for
// ISO 8601. The third result says what is wrong with the format.
func dateCheck(format string) (func(string) bool, string, string) {
	if format == "" || strings.EqualFold(format, "iso8601") || strings.EqualFold(format, "iso-8601") || strings.EqualFold(format, "rfc3339") {
		return isISODate, "a date such as 2024-02-29 or 2024-02-29T13:45:00Z", ""
	}
	if !strings.Contains(format, "%") || len(format) > 100 {
		return nil, "", "is no format of dates; write one such as %Y-%m-%d, of at most 100 characters"
	}
	sample := timefmt.Format(time.Date(2024, 2, 29, 13, 45, 7, 0, time.UTC), format)
	if _, err := timefmt.Parse(sample, format); err != nil {
		return nil, "", "is no format of dates that can be read back: " + err.Error()
	}
	return func(s string) bool {
		if len(s) > 200 {
			return false
		}
		t, err := timefmt.Parse(s, format)
		// The library takes February 31 for March 2: the numbers must come back.
		return err == nil && (strings.Contains(format, "%z") || slices.Equal(numbersIn(s), numbersIn(timefmt.Format(t, format))))
	}, "a date written as " + format + ", such as " + sample, ""
}

// numbersIn lists the numbers in a text, without leading zeros.
func numbersIn(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	for i, n := range out {
		out[i] = strings.TrimLeft(n, "0")
	}
	return out
}

func isISODate(s string) bool {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// Format checks a text against a format of JSON Schema or the name of a check.
// It takes any text for a format that it does not know.
func Format(name, text string) bool {
	switch name {
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "date-time":
		_, err := time.Parse(time.RFC3339Nano, text)
		return err == nil
	case "time":
		_, err := time.Parse("15:04:05.999999999Z07:00", text)
		return err == nil || isTime(text)
	case "regex":
		_, err := regexp.Compile(text)
		return err == nil
	}
	if to, known := formats[name]; known {
		name = to
	}
	check, known := checks[name]
	return !known || check.ok(text)
}
