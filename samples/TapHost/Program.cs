using UserNet.Samples.TapHost;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
