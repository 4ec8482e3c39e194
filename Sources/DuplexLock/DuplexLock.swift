// DuplexLock
