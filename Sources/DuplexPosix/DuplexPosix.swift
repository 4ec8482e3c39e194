// DuplexPosix
