// Package docket is the docket of cases (办件簿) and the desk of those who handle them: what each person has to do today, the lists of cases
// by stage with their filters, the filters a person keeps under a name, acts on many cases at once, search and scan, and the list as a
// table file.
//
// It decides nothing and changes no case itself: every act is a command of casework, which also holds the rows and answers the lists.
// Every list is bounded and pages by key, however many cases there are.
//
// Table: docket_filter.
package docket
