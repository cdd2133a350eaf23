package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/ca"
)

// The files of an authority in its folder.
const (
	authorityCert = "ca.crt"
	authorityKey  = "ca.key"
)

func caCommand(t terminal) *cobra.Command {
	cmd := &cobra.Command{Use: "ca", Short: "A certificate authority of your own, and certificates of it for the mirror"}
	cmd.AddCommand(caInit(t), caIssue(t))
	return cmd
}

func caInit(t terminal) *cobra.Command {
	var dir, name string
	var days int
	cmd := &cobra.Command{
		Use: "init", Short: "Make an authority", Args: exactArgs(0),
		Long: `Make a certificate authority: ` + authorityCert + `, which hosts are to trust, and ` + authorityKey + `, which nobody else may read.

Whoever has the key can stand for any name towards hosts that trust it: keep it off the mirror, which
needs only what "lazaret ca issue" makes. What is there already is never written over.`,
		RunE: func(*cobra.Command, []string) error {
			if err := validDays(days); err != nil {
				return err
			}
			p, err := ca.Init(name, time.Now(), time.Duration(days)*24*time.Hour)
			if err != nil {
				return usage(err)
			}
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fmt.Errorf("make the folder: %w", err)
			}
			return writePairTo(t, filepath.Join(dir, authorityCert), filepath.Join(dir, authorityKey), p)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "the folder of the authority")
	cmd.Flags().StringVar(&name, "name", "Lazaret", "its name, as certificates show it")
	cmd.Flags().IntVar(&days, "days", 3650, "how long it is good")
	return cmd
}

func caIssue(t terminal) *cobra.Command {
	var dir, out, client string
	var groups []string
	var days int
	cmd := &cobra.Command{
		Use: "issue HOST…", Short: "Issue a certificate for the names and addresses of the mirror, or for a client", Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case client == "" && len(args) == 0:
				return usage(errors.New("no HOST"))
			case client != "" && len(args) > 0:
				return usage(errors.New("a client's certificate is for no HOST"))
			case client == "" && len(groups) > 0:
				return usage(errors.New("--group is of a --client"))
			}
			return nil
		},
		Long: `Issue a certificate for LAZARET_TLS_CERT (the chain) and LAZARET_TLS_KEY.

HOST is a name, with "*." before it or not, or an address. A mirror that writes a certificate anew
while it serves takes it at the next connection.

With --client it is a certificate for a client instead: the name and the groups are those that
the policy and the records have it under (LAZARET_TLS_CLIENT_CA).`,
		RunE: func(_ *cobra.Command, hosts []string) error {
			if err := validDays(days); err != nil {
				return err
			}
			var root ca.Pair
			var err error
			if root.Cert, err = os.ReadFile(filepath.Join(dir, authorityCert)); err == nil {
				root.Key, err = os.ReadFile(filepath.Join(dir, authorityKey))
			}
			if err != nil {
				return fmt.Errorf("read the authority (lazaret ca init makes one): %w", err)
			}
			life := time.Duration(days) * 24 * time.Hour
			var p ca.Pair
			if client != "" {
				p, err = ca.IssueClient(root, client, groups, time.Now(), life)
			} else {
				p, err = ca.Issue(root, hosts, time.Now(), life)
			}
			if err != nil {
				return usage(err)
			}
			return writePairTo(t, out+".crt", out+".key", p)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".", "the folder of the authority")
	cmd.Flags().StringVar(&out, "out", "mirror", "where to: OUT.crt and OUT.key")
	cmd.Flags().StringVar(&client, "client", "", "name of the client that it is for")
	cmd.Flags().StringArrayVar(&groups, "group", nil, "a group that the client is of; may be given again")
	cmd.Flags().IntVar(&days, "days", 397, "how long it is good; browsers take no more than 397")
	return cmd
}

func validDays(days int) error {
	if days < 1 || days > 36_500 {
		return usage(fmt.Errorf("--days %d is not between 1 and 36500", days))
	}
	return nil
}

// writePairTo writes two files, neither of which may be there, the key for its owner alone.
func writePairTo(t terminal, cert, key string, p ca.Pair) error {
	for _, name := range []string{cert, key} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already", name)
		}
	}
	if err := writeNew(key, p.Key, 0o600); err != nil {
		return err
	}
	if err := writeNew(cert, p.Cert, 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.stdout, "%s\n%s\n", cert, key)
	return err
}

func writeNew(name string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
