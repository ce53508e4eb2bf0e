return UserNet.Samples.Faces.CommandLine.Run(args, Console.Out, Console.Error);
