using UserNet.Samples.BugHunt;

return CommandLine.Run(args, Console.Out, Console.Error);
