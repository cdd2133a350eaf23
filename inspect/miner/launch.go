package miner

import (
	"net/netip"
	"slices"
	"strings"
)

// signals is what was seen of mining in one command, or in one file.
type signals struct {
	stratum  string // a stratum URL with a host that exists outside an example
	local    string // a stratum URL whose host is a variable, a placeholder or a private name
	pool     string // host:port of a known pool
	endpoint string // host:port that an option for pools names
	variable bool   // such an option with a variable for its value
	server   bool   // such an option with a name alone, whose port another option says
	user     bool   // an option for the miner's user or wallet
	wallet   wallet // a verified address; its coin is "" if there is none
	words    []string
	choice   bool   // an option for the algorithm with a variable for its value
	password bool   // -p x, the password that pools ask for when they ask for none
	program  string // a program that only mines
}

// A hostPort is what a word says of a host and its port.
type hostPort struct{ scheme, host, port string }

// parseHostPort reads [scheme://][user@]host:port[/…]. ok is false for anything else.
func parseHostPort(word string) (a hostPort, ok bool) {
	const maxWord = 1024
	if len(word) > maxWord || strings.IndexByte(word, ':') < 0 {
		return a, false
	}
	rest := word
	if i := strings.Index(word, "://"); i >= 0 {
		a.scheme, rest = word[:i], word[i+3:]
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	i := strings.LastIndexByte(rest, ':')
	if i < 0 {
		return a, false
	}
	a.host, a.port = rest[:i], rest[i+1:]
	return a, len(a.port) >= 2 && len(a.port) <= 5 && only(a.port, "0123456789") && isHost(a.host)
}

// isHost reports whether s is shaped as a name or an address.
func isHost(s string) bool {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return len(s) > 4 && only(s[1:len(s)-1], "0123456789abcdefABCDEF:.")
	}
	return s != "" && len(s) <= 253 && alnum(s[0]) &&
		only(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
}

// only reports whether s has no characters but those of set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }

// reader reads commands.
type reader struct{ data data }

// command gathers the signals of one command.
func (r *reader) command(args []string) (s signals) {
	if !slices.ContainsFunc(args, r.telling) {
		return s
	}
	for i := 0; i < len(args); i++ {
		if !r.telling(args[i]) {
			continue
		}
		name, value, joined := option(args[i])
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		r.option(&s, name, value)
		r.word(&s, args[i])
		if joined {
			r.word(&s, value)
		}
		if s.program == "" && (r.data.isProgram(args[i]) || r.data.says(args[i], args[i+1:])) {
			s.program = args[i]
		}
	}
	return s
}

// telling reports whether a word may be a signal: scripts of a megabyte are read for a few.
func (r *reader) telling(word string) bool {
	if len(word) >= segwitMin || word != "" && word[0] == '-' {
		return true
	}
	for i := range len(word) {
		if word[i] == '=' || word[i] == ':' {
			return true
		}
	}
	name := r.data.programName(word)
	return name != "" && (r.data.isProgram(name) || r.data.phrases[name] != nil)
}

// option splits --name=value, -nvalue of one letter and NAME=value. For other words value is "".
func option(arg string) (name, value string, joined bool) {
	if name, value, joined = strings.Cut(arg, "="); joined {
		return name, value, true
	}
	if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' && strings.IndexByte("ouPaS", arg[1]) >= 0 && strings.ContainsAny(arg[2:], ":/.0123456789") {
		return arg[:2], arg[2:], true
	}
	return arg, "", false
}

// minFlag is the length, in bytes, of the shortest of the options that only miners have.
const minFlag = 5

// option looks at an option of a miner and its value.
// The names are those of XMRig, cpuminer, cgminer, ethminer, lolMiner, T-Rex, GMiner, SRBMiner and nanominer.
func (r *reader) option(s *signals, name, value string) {
	if name == "" || name[0] != '-' {
		return
	}
	switch strings.ToLower(name) {
	case "-o", "--url", "-pool", "--pool", "-p", "--server", "--stratum", "-zpool", "-epool", "--proxy-pool", "-uri", "-stratum-url", "--stratum-url", "--pool-url", "--pool-address":
		if name == "-p" { // the password; -P is a pool
			s.password = s.password || value == "x" || strings.HasPrefix(value, "c=")
			return
		}
		r.endpointOf(s, value)
	case "--pass", "--password":
		s.password = s.password || value == "x"
	case "-u", "--user", "--userpass", "-wal", "--wal", "--wallet", "-zwal", "-ewal", "-w", "--username":
		s.user = s.user || value != "" && value[0] != '-'
	case "--wallet-address", "--mining-address", "--miner-address", "--reward-address", "-mining-address", "-mineraddress", "--mineraddress", "-wallet-address", "--payout-address":
		s.user = true
		s.say(strings.ToLower(name))
	case "-a", "--algo", "--algorithm", "-algo":
		if r.data.isAlgorithm(value) {
			s.say("algorithm " + value)
		}
		s.choice = s.choice || strings.HasPrefix(value, "$")
	case "--coin", "-coin":
		if r.data.isCoin(value) {
			s.say("coin " + value)
		}
	}
	if len(name) < minFlag {
		return
	}
	lower := strings.ToLower(name)
	for _, flag := range r.data.Flags {
		if lower == flag {
			s.say(flag)
		}
	}
}

// endpointOf reads the value of an option that names a pool.
func (r *reader) endpointOf(s *signals, value string) {
	if strings.HasPrefix(value, "$") || strings.Contains(value, "${") {
		s.variable = true
		return
	}
	a, ok := parseHostPort(value)
	if !ok {
		s.server = s.server || isHost(value) && public(value)
		return
	}
	if strings.HasPrefix(a.scheme, "http") || a.scheme == "ftp" || a.scheme == "ssh" {
		return
	}
	if public(a.host) || private(a.host) {
		s.endpoint = a.host + ":" + a.port
	}
}

// word looks at a word for what is a signal wherever it stands.
func (r *reader) word(s *signals, word string) {
	if w := wallets([]byte(word), 1); len(w) > 0 && s.wallet.coin != monero && (w[0].coin != ethereum || s.wallet.coin == "") {
		s.wallet = w[0]
	}
	r.payee(s, word)
	a, ok := parseHostPort(word)
	if !ok {
		if scheme, rest, ok := strings.Cut(word, "://"); ok && isStratum(scheme) && strings.Contains(rest, "$") {
			s.local = word
		}
		return
	}
	switch url := a.scheme + "://" + a.host + ":" + a.port; {
	case isStratum(a.scheme) && public(a.host):
		s.stratum = url
	case isStratum(a.scheme):
		s.local = url
	}
	if !strings.HasPrefix(a.scheme, "http") && r.data.isPool(a.host) {
		s.pool = a.host + ":" + a.port
	}
}

// payees are the beginnings of addresses of coins that are mined and little else, in bech32 or
// what is like it, and the length of the shortest; by the documentation of each coin.
var payees = [...]struct {
	begin string
	least int
}{{"xch1", 62}, {"aleo1", 63}, {"kaspa:q", 66}, {"karlsen:q", 68}, {"spectre:q", 68}, {"pyrin:q", 66}, {"nexa:n", 46}, {"xel:", 60}, {"dero1q", 60}}

// payee looks at a word for an address whose checksum is not verified: a sign among others.
func (r *reader) payee(s *signals, word string) {
	if i := strings.IndexByte(word, '='); i >= 0 {
		word = word[i+1:]
	}
	for _, p := range payees {
		if len(word) >= p.least && strings.HasPrefix(word, p.begin) && only(word[len(p.begin):], "0123456789abcdefghijklmnopqrstuvwxyz.") {
			s.user = true
			s.say(strings.TrimRight(p.begin, ":1q") + " wallet")
		}
	}
}

func (s *signals) say(word string) {
	for _, w := range s.words {
		if w == word {
			return
		}
	}
	s.words = append(s.words, word)
}

// merge adds the signals of another command of the same file.
func (s *signals) merge(t signals) {
	for _, pair := range [...]struct{ to, from *string }{{&s.stratum, &t.stratum}, {&s.local, &t.local}, {&s.pool, &t.pool}, {&s.endpoint, &t.endpoint}, {&s.program, &t.program}} {
		if *pair.to == "" {
			*pair.to = *pair.from
		}
	}
	s.variable = s.variable || t.variable
	s.server = s.server || t.server
	s.choice = s.choice || t.choice
	s.user = s.user || t.user
	s.password = s.password || t.password
	if s.wallet.coin == "" {
		s.wallet = t.wallet
	}
	for _, w := range t.words {
		s.say(w)
	}
}

// verified reports whether there is a wallet with a right checksum.
func (s *signals) verified() bool { return s.wallet.coin == monero || s.wallet.coin == bitcoin }

// mines reports whether the signals of one command together can only be the start of a miner.
func (s *signals) mines() bool {
	named := len(s.words) > 0 || s.program != ""
	somewhere := s.stratum != "" || s.pool != "" || s.endpoint != ""
	switch {
	case s.stratum != "" && (s.user || named || s.verified()):
		return true
	case s.pool != "" && (s.user || named || s.wallet.coin != ""):
		return true
	case somewhere && (s.verified() || named && s.user || s.program != "" || len(s.words) > 0 && s.endpoint != ""):
		return true
	case s.endpoint != "" && s.user && s.password:
		return true
	case (s.variable || s.local != "" || s.server && len(s.words) > 0) && s.user && named:
		return true
	case s.variable && s.user && (s.password || s.choice):
		return true
	}
	return s.verified() && named || len(s.words) > 1 && s.program != ""
}

// isStratum knows the schemes of mining pools' URLs: those of XMRig, cpuminer
// (stratum+tcp), ethminer (stratum1+tls12, stratum2+ssl), NBMiner (ethproxy+tcp,
// nicehash+ssl) and of XMRig's daemon mode.
func isStratum(scheme string) bool {
	scheme = strings.ToLower(scheme)
	return strings.HasPrefix(scheme, "stratum") || strings.HasPrefix(scheme, "ethproxy+") || strings.HasPrefix(scheme, "ethnh+") ||
		strings.HasPrefix(scheme, "nicehash+") || strings.HasPrefix(scheme, "daemon+http") || isAlgorithmScheme(scheme)
}

// isAlgorithmScheme knows the schemes of Bminer, which are those of what is mined
// (https://www.bminer.me/references/).
func isAlgorithmScheme(scheme string) bool {
	scheme, _, _ = strings.Cut(scheme, "+")
	switch scheme {
	case "ethstratum", "ethproxy", "ethash", "etchash", "equihash", "zhash", "beamhash", "beamhash2", "beamhash3", "cuckaroo29", "cuckaroo29d", "cuckaroo29z", "cuckatoo31", "kawpow", "progpow", "tensority":
		return true
	}
	return false
}

// public reports whether host is a name or address that can be a pool's: public, and not
// one of the names that documents use (RFC 2606, RFC 5737).
func public(host string) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsLoopback() && !ip.IsUnspecified() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !documentation(ip)
	}
	if !strings.Contains(strings.Trim(host, "."), ".") {
		return false
	}
	for _, name := range [...]string{"example.com", "example.net", "example.org", "example", "invalid", "test", "localhost", "local", "localdomain", "internal"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return false
		}
	}
	if host == "pool.com" || strings.Contains(host, "your") {
		return false
	}
	return strings.ContainsAny(host[strings.LastIndexByte(host, '.')+1:], "abcdefghijklmnopqrstuvwxyz")
}

func documentation(ip netip.Addr) bool {
	for _, p := range [...]string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		if netip.MustParsePrefix(p).Contains(ip) {
			return true
		}
	}
	return false
}

// private reports whether host is an address or name within a network of one's own,
// where a proxy to a pool may be: next to other signs that is enough.
func private(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && !documentation(ip) && !ip.IsUnspecified()
}
