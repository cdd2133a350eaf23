package clientauth

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Bounds of what passwords cost. One look at a bcrypt hash takes some 50 ms of a processor.
const (
	maxChecks = 2       // at once; others wait
	maxKnown  = 4096    // pairs of a name and a password that were right
	maxFile   = 4 << 20 // bytes
)

// passwords are a file of names and bcrypt hashes, which may be written anew at any time.
type passwords struct {
	file   string
	log    *slog.Logger
	checks chan struct{} // holds a token for each hash that is being looked at
	salt   [32]byte      // of known

	mu     sync.Mutex // guards what follows
	was    stamp
	hashes map[string][]byte
	decoy  []byte            // the dearest of them: a name that is not there takes as long
	known  map[[32]byte]bool // by salt, name and password: those of hashes that were right
}

// A stamp tells one state of a file from another.
type stamp struct {
	time time.Time
	size int64
}

func openPasswords(file string, log *slog.Logger) (*passwords, error) {
	p := &passwords{file: file, log: log, checks: make(chan struct{}, maxChecks)}
	if _, err := rand.Read(p.salt[:]); err != nil {
		return nil, fmt.Errorf("clientauth: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(p.stamp()); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *passwords) stamp() stamp {
	info, err := os.Stat(p.file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// load reads the file, which is in the state now. The caller holds mu.
func (p *passwords) load(now stamp) error {
	p.was = now
	if now.size > maxFile {
		return fmt.Errorf("clientauth: %s: more than %d bytes", p.file, maxFile)
	}
	b, err := os.ReadFile(p.file)
	if err != nil {
		return fmt.Errorf("clientauth: read the passwords: %w", err)
	}
	hashes, err := parsePasswords(b)
	if err != nil {
		return fmt.Errorf("clientauth: %s: %w", p.file, err)
	}
	p.hashes, p.known, p.decoy = hashes, map[[32]byte]bool{}, nil
	dearest := 0
	for _, hash := range hashes {
		if cost, err := bcrypt.Cost(hash); err == nil && cost > dearest {
			p.decoy, dearest = hash, cost
		}
	}
	return nil
}

// parsePasswords reads lines of NAME:HASH; "#" begins a comment. Hashes of other kinds than
// bcrypt are an error: they are no protection. Errors quote no hash.
func parsePasswords(b []byte) (map[string][]byte, error) {
	out := map[string][]byte{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, hash, _ := strings.Cut(line, ":")
		switch _, err := bcrypt.Cost([]byte(hash)); {
		case !valid(name):
			return nil, fmt.Errorf("line %d: not NAME:HASH", n)
		case err != nil:
			return nil, fmt.Errorf("line %d: the hash is not bcrypt's (htpasswd -B makes one)", n)
		case out[name] != nil:
			return nil, fmt.Errorf("line %d: %.100q is there twice", n, name)
		}
		out[name] = []byte(hash)
	}
	return out, lines.Err()
}

// match reports whether a name has a password. A file that cannot be read any more stays as
// it last could.
func (p *passwords) match(ctx context.Context, name, password string) bool {
	key := sha256.Sum256(fmt.Appendf(nil, "%s%d:%s%s", p.salt, len(name), name, password))
	p.mu.Lock()
	if now := p.stamp(); now != p.was {
		if err := p.load(now); err != nil {
			p.log.Error("passwords not in force", "error", err.Error())
		} else {
			p.log.Info("passwords", "file", p.file, "names", len(p.hashes))
		}
	}
	hash, there := p.hashes[name]
	if !there {
		hash = p.decoy
	}
	known, state := p.known[key], p.was
	p.mu.Unlock()
	if known {
		return true
	}
	select {
	case p.checks <- struct{}{}:
		defer func() { <-p.checks }()
	case <-ctx.Done():
		return false
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || !there {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if state == p.was { // else it was right by a file that is no more
		if len(p.known) >= maxKnown {
			clear(p.known)
		}
		p.known[key] = true
	}
	return true
}
