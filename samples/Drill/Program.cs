using UserNet.Samples.Drill;

return CommandLine.Run(args, Console.Out, Console.Error);
