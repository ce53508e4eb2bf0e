global using GoldenTopology = UserNet.Samples.BindShell.GoldenTopology;
