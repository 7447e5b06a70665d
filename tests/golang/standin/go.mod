module example.com/nakama

go 1.19

require example.com/nakama-common v1.30.0

replace example.com/nakama-common => ./common
