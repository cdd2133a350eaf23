package written

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A Feed is a list of names or addresses in a format that feeds are met in.
type Feed struct {
	Name     string
	Category inspect.Category
	Format   string // "" to be told from the text
	Text     string
}

// names is how many names each of bad and young can be asked for.
const names = 40

func listed(feed string, i int) string { return newMaker(fmt.Sprint("feed ", feed, i%names)).host() }

// badAddress returns an address of the list of addresses.
func badAddress(i int) string { return newMaker(fmt.Sprint("address ", i%names)).ip() }

func categoryOf(s string) inspect.Category { return inspect.Category(s) }

// feeds has bad names by five formats, a fifth each, and young ones with their dates.
func feeds() []Feed {
	var plain, hosts, trail, folder, addresses, young strings.Builder
	var misp []string
	hosts.WriteString("# hosts file of known bad names\n127.0.0.1 localhost\n")
	trail.WriteString("# Reference: https://example.org/report\n# Aliases: something\n\n")
	young.WriteString("# date: 2026-11-20\n")
	for i := range names {
		h := listed("bad", i)
		switch i % 5 {
		case 0:
			plain.WriteString(h + "\n")
		case 1:
			hosts.WriteString("0.0.0.0 " + h + "\n")
		case 2:
			trail.WriteString(h + "\n")
		case 3:
			misp = append(misp, h)
		case 4:
			folder.WriteString(h + "\n")
		}
		addresses.WriteString(badAddress(i) + "\n")
		fmt.Fprintf(&young, "%s,2026-11-%02d\n", listed("young", i), 1+i%19)
	}
	list, err := json.Marshal(map[string]any{"name": "bad", "type": "hostname", "version": 1, "list": misp, "matching_attributes": []string{"domain", "hostname"}})
	if err != nil {
		panic(fmt.Sprintf("written: a list of strings is not JSON: %v", err))
	}
	bad := inspect.MaliciousDomain
	return []Feed{
		{"written plain", bad, "", plain.String()},
		{"written hosts", bad, "", hosts.String()},
		{"written trail", bad, "", trail.String()},
		{"written misp", bad, "", string(list)},
		{"written folder", bad, "", folder.String()},
		{"written addresses", bad, "", addresses.String()},
		{"written young", inspect.NewDomain, "dated", young.String()},
	}
}
