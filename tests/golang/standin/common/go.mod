module example.com/nakama-common

go 1.19
