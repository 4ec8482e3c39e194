import DuplexDaemon

Program.main()
