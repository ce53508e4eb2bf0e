using UserNet.Samples.BindShell;

return CommandLine.Run(args, Console.In, Console.Out, Console.Error, !Console.IsInputRedirected);
