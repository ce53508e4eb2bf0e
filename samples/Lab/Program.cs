using UserNet.Samples.Lab;

return CommandLine.Run(args, Console.Out, Console.Error);
