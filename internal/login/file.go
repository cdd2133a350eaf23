package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Credentials are what the command line keeps between commands: a token, or what an issuer
// gave, and the server that it is for.
type Credentials struct {
	Server  string   `json:"server"` // the URL of the Admin API
	Token   string   `json:"token,omitempty"`
	Issuer  *Issuer  `json:"issuer,omitempty"` // instead of a token
	Session *Session `json:"session,omitempty"`
}

// ErrNone says that nobody is logged in.
var ErrNone = errors.New("login: not logged in")

// File is where the credentials are kept, by the environment: lazaret/login.json in
// $XDG_CONFIG_HOME, or in .config at home, or in %AppData%. "" if there is no home.
func File(variable func(name string) string) string {
	dir := variable("XDG_CONFIG_HOME")
	if home := variable("HOME"); !filepath.IsAbs(dir) && home != "" { // relative ones are to be ignored: XDG Base Directory Specification
		dir = filepath.Join(home, ".config")
	} else if dir == "" {
		dir = variable("AppData")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "lazaret", "login.json")
}

// Load reads the credentials in a file; ErrNone if it is not there. One that others can read is
// an error: what is in it must be taken for known to them.
func Load(file string) (Credentials, error) {
	if file == "" {
		return Credentials{}, ErrNone
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Credentials{}, ErrNone
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("login: %w", err)
	}
	if mode := info.Mode().Perm(); filepath.Separator == '/' && mode&0o077 != 0 {
		return Credentials{}, fmt.Errorf("login: others can read %s (mode %04o): revoke the token in it, remove the file, and log in again", file, mode)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return Credentials{}, fmt.Errorf("login: %w", err)
	}
	var c Credentials
	if err := json.Unmarshal(b, &c); err != nil || c.Server == "" {
		return Credentials{}, fmt.Errorf("login: %s is not what lazaret login wrote; log in again", file)
	}
	return c, nil
}

// Save writes the credentials to a file that its owner alone can read.
func Save(file string, c Credentials) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("login: keep the credentials: %w", err)
		}
	}()
	if file == "" {
		return errors.New("there is no home directory: set XDG_CONFIG_HOME, or use LAZARET_SERVER and LAZARET_TOKEN")
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".login-") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(append(b, '\n')); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// Remove forgets the credentials; ErrNone if there are none.
func Remove(file string) error {
	if file == "" {
		return ErrNone
	}
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("login: forget the credentials: %w", err)
	}
	return nil
}
